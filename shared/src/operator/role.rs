//! What an operator may do.

use crate::value::code::codes;

codes! {
    /// What an operator's token opens. Each route declares which one it needs.
    Role: text {
        /// To look at everything but secrets and personal data.
        Read = "read",
        /// To look, and to see and decide real-name submissions.
        Reviews = "reviews",
        /// To look, and to help customers: end locks, disable keys, deliver events again.
        Support = "support",
        /// Whatever there is.
        Everything = "everything",
    }
}

impl Role {
    /// Whether an operator with this role may call a route that needs `needed`.
    pub fn includes(self, needed: Self) -> bool {
        self == Self::Everything || self == needed || needed == Self::Read
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyone_may_look_and_only_the_first_may_do_everything() {
        let roles = [Role::Read, Role::Reviews, Role::Support, Role::Everything];
        for (role, included) in [
            (Role::Read, vec![Role::Read]),
            (Role::Reviews, vec![Role::Read, Role::Reviews]),
            (Role::Support, vec![Role::Read, Role::Support]),
            (Role::Everything, roles.to_vec()),
        ] {
            let may: Vec<Role> =
                roles.into_iter().filter(|needed| role.includes(*needed)).collect();
            assert_eq!(may, included, "{role:?}");
        }
    }
}
