//! A chain of MACs over the lines of a text: each is over its line and all lines before it, so that
//! what was changed, left out, put in or moved shows at its line.

use super::secret::MasterKey;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Bytes of a link.
pub const LINK_BYTES: usize = 32;

/// Bytes of a link that a line is checked by.
pub const CHECK_BYTES: usize = 16;

/// A chain as far as it has come.
pub struct LineChain {
    key: Zeroizing<[u8; LINK_BYTES]>,
    link: [u8; LINK_BYTES],
}

impl LineChain {
    /// The beginning of a chain for texts of this kind.
    pub fn new(key: &MasterKey, kind: &str) -> Self {
        Self { key: key.derived(&format!("chain {kind}")), link: [0; LINK_BYTES] }
    }

    /// Goes on after the line that has this link.
    pub fn go_on_after(&mut self, link: [u8; LINK_BYTES]) {
        self.link = link;
    }

    /// The newest link.
    pub fn link(&self) -> [u8; LINK_BYTES] {
        self.link
    }

    /// Takes the next line. Answers what it is checked by.
    pub fn add(&mut self, line: &[u8]) -> [u8; CHECK_BYTES] {
        self.link = self.next(line).finalize().into_bytes().into();
        let mut check = [0; CHECK_BYTES];
        check.copy_from_slice(&self.link[..CHECK_BYTES]);
        check
    }

    /// Takes the next line if it is the one that was written. Whether it is.
    pub fn follow(&mut self, line: &[u8], check: &[u8; CHECK_BYTES]) -> bool {
        let next = self.next(line);
        let is_right = next.clone().verify_truncated_left(check).is_ok();
        if is_right {
            self.link = next.finalize().into_bytes().into();
        }
        is_right
    }

    fn next(&self, line: &[u8]) -> Hmac<Sha256> {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&*self.key)
            .expect("HMAC takes a key of any length");
        mac.update(&self.link);
        mac.update(line);
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(key: u8) -> LineChain {
        let key = MasterKey::parse(&hex::encode([key; 32])).expect("a key");
        LineChain::new(&key, "test")
    }

    #[test]
    fn follows_the_lines_that_were_written_in_their_order() {
        let mut written = chain(1);
        let checks = [b"one", b"two"].map(|line| written.add(line));
        let mut read = chain(1);
        assert!(!read.follow(b"two", &checks[1]), "a line was left out");
        assert!(!read.follow(b"onE", &checks[0]), "a line was changed");
        assert!(read.follow(b"one", &checks[0]));
        let mut later = chain(1);
        later.go_on_after(read.link());
        assert!(read.follow(b"two", &checks[1]));
        assert!(later.follow(b"two", &checks[1]));
        assert_eq!(read.link(), written.link());
        assert!(!chain(2).follow(b"one", &checks[0]), "the key is another one");
    }
}
