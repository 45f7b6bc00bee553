//! What a submission contains, its fields checked.

use super::SubmissionKind;
use crate::domain::error::Reason;
use crate::domain::registration::{CODE_DIGITS, MobileNumber, VerificationCode};
use crate::security::vault::Private;
use crate::value::code::codes;
use crate::value::id::CustomerId;
use minicbor::{Decode, Encode};
use serde::Serialize;

/// Most files of one submission.
const FILES_MAX: usize = 4;

/// Longest address of a file: what the name of an object in a bucket may have.
const FILE_CHARACTERS_MAX: usize = 1024;

/// Endings of the names of files that a submission may have, in any case.
const FILE_FORMATS: [&str; 6] = ["jpg", "jpeg", "bmp", "png", "gif", "pdf"];

/// The field of the code that was sent to a bank card's telephone number.
pub(crate) const CODE: &str = "bank_card_info.verification_code";

/// What stands in place of the partner's platform where a customer has filled in the page itself.
const PAGE: &str = "real-name page";

codes! {
    /// By what a person is identified.
    IdentifyType: integer {
        /// A certificate.
        Certificate = 0,
        /// A bank card.
        BankCard = 4,
    }
}

codes! {
    /// The certificate of a person.
    CertificateType: integer {
        /// Passport.
        Passport = 3,
        /// Travel permit of Hong Kong or Macao.
        HongKongMacaoTravelPermit = 5,
        /// Travel permit of Taiwan.
        TaiwanTravelPermit = 6,
        /// Residence permit of Hong Kong or Macao.
        HongKongMacaoResidencePermit = 9,
        /// Residence permit of Taiwan.
        TaiwanResidencePermit = 10,
    }
}

codes! {
    /// The certificate of an enterprise.
    EnterpriseCertificate: integer {
        /// Business licence.
        BusinessLicence = 0,
        /// Certificate of a public institution.
        PublicInstitution = 1,
        /// Certificate of a social organisation.
        SocialOrganisation = 2,
        /// Certificate of administrative law enforcement.
        LawEnforcement = 3,
        /// Organisation code certificate.
        OrganisationCode = 4,
        /// Another one.
        Other = 99,
    }
}

codes! {
    /// Who acts for an enterprise.
    CertifierRole: text {
        /// Its legal representative.
        LegalPerson = "legalPerson",
    }
}

/// A person to be authenticated. Names as in `CreatePersonalRealnameAuth`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Individual {
    /// By what the person is identified.
    #[n(0)]
    pub identify_type: IdentifyType,
    /// Which certificate it is, when it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(1)]
    pub verified_type: Option<CertificateType>,
    /// Addresses of pictures, in order. Kept, never fetched.
    #[n(2)]
    pub verified_file_url: Vec<Private>,
    /// The name.
    #[n(3)]
    pub name: Private,
    /// The number of the certificate.
    #[n(4)]
    pub verified_number: Private,
    /// The partner's platform.
    #[n(5)]
    pub xaccount_type: String,
    /// The bank card, when that identifies the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(6)]
    pub bank_card_info: Option<BankCard>,
}

/// A bank card and the telephone number that the bank knows.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct BankCard {
    /// The card's number.
    #[n(0)]
    pub bank_account: Private,
    /// Country code of the telephone number.
    #[n(1)]
    pub areacode: Private,
    /// The telephone number.
    #[n(2)]
    pub mobile: Private,
    /// The code that was sent to it. Not kept.
    #[serde(skip)]
    #[cbor(skip)]
    pub verification_code: Private,
}

impl BankCard {
    /// The code that was sent, and where to.
    fn code(&self) -> Result<(MobileNumber, VerificationCode), Reason> {
        let mobile = MobileNumber::parse(self.mobile.expose())
            .map_err(|_| Reason::field("bank_card_info.mobile", "must be eleven digits"))?;
        Ok((mobile, VerificationCode::claimed(self.verification_code.expose())))
    }
}

/// An enterprise to be authenticated. Names as in `CreateEnterpriseRealnameAuthentication`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Enterprise {
    /// Which certificate it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(0)]
    pub certificate_type: Option<EnterpriseCertificate>,
    /// Addresses of pictures, in order. Kept, never fetched.
    #[n(1)]
    pub verified_file_url: Vec<Private>,
    /// The enterprise's name.
    #[n(2)]
    pub corp_name: Private,
    /// The number of the certificate.
    #[n(3)]
    pub verified_number: Private,
    /// Country of registration.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(4)]
    pub reg_country: Option<Private>,
    /// Address of registration.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(5)]
    pub reg_address: Option<Private>,
    /// The partner's platform.
    #[n(6)]
    pub xaccount_type: String,
    /// Who acts for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(7)]
    pub enterprise_person: Option<EnterprisePerson>,
}

/// Who acts for an enterprise. Names as the API spells them.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct EnterprisePerson {
    /// The name.
    #[n(0)]
    pub legel_name: Private,
    /// The number of the person's certificate.
    #[n(1)]
    pub legel_id_number: Private,
    /// In which role.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(2)]
    pub certifier_role: Option<CertifierRole>,
}

/// Who is to be authenticated.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Applicant {
    /// A person.
    #[n(0)]
    Individual(#[n(0)] Individual),
    /// An enterprise.
    #[n(1)]
    Enterprise(#[n(0)] Enterprise),
}

impl Applicant {
    /// The real name that an approval confirms.
    pub fn name(&self) -> &Private {
        match self {
            Self::Individual(individual) => &individual.name,
            Self::Enterprise(enterprise) => &enterprise.corp_name,
        }
    }
}

/// A submission whose fields are in order.
#[derive(Clone, Debug)]
pub struct Application {
    pub(crate) customer_id: CustomerId,
    pub(crate) kind: SubmissionKind,
    pub(crate) applicant: Applicant,
    /// What shows that the telephone number of a bank card is the person's.
    pub(crate) code: Option<(MobileNumber, VerificationCode)>,
}

impl Application {
    /// Checks the fields of a person's submission. What the way of identification does not need
    /// is checked and not kept.
    ///
    /// # Errors
    /// [`Reason::Field`] for the first field at fault, [`Reason::AttachmentFormat`] for a file.
    pub fn individual(customer_id: CustomerId, individual: Individual) -> Result<Self, Reason> {
        let by_card = individual.identify_type == IdentifyType::BankCard;
        check_files(&individual.verified_file_url, usize::from(!by_card))?;
        check_person(&individual)?;
        if let Some(card) = &individual.bank_card_info {
            check_text("bank_card_info.bank_account", &card.bank_account, 1, 100)?;
            check_text("bank_card_info.areacode", &card.areacode, 1, 10)?;
            check_text("bank_card_info.mobile", &card.mobile, 1, 20)?;
            check_text(CODE, &card.verification_code, 1, CODE_DIGITS)?;
        }
        let code = match &individual.bank_card_info {
            Some(card) if by_card => Some(card.code()?),
            None if by_card => {
                return Err(Reason::field("bank_card_info", "is required when identify_type is 4"));
            }
            Some(_) | None => None,
        };
        if !by_card && individual.verified_type.is_none() {
            return Err(Reason::field("verified_type", "is required when identify_type is 0"));
        }
        check_formats(&individual.verified_file_url)?;
        let individual = Individual {
            verified_type: individual.verified_type.filter(|_| !by_card),
            bank_card_info: individual.bank_card_info.filter(|_| by_card),
            ..individual
        };
        let applicant = Applicant::Individual(individual);
        Ok(Self { customer_id, kind: SubmissionKind::Individual, applicant, code })
    }

    /// Checks the fields of a person that a customer itself has entered on the page that it was
    /// given the address of. There are no files: the reviewer sees the person.
    ///
    /// # Errors
    /// [`Reason::Field`] for the first field at fault.
    pub fn of_page(
        customer_id: CustomerId,
        verified_type: CertificateType,
        name: Private,
        verified_number: Private,
    ) -> Result<Self, Reason> {
        let individual = Individual {
            identify_type: IdentifyType::Certificate,
            verified_type: Some(verified_type),
            verified_file_url: Vec::new(),
            name,
            verified_number,
            xaccount_type: PAGE.to_owned(),
            bank_card_info: None,
        };
        check_person(&individual)?;
        let applicant = Applicant::Individual(individual);
        Ok(Self { customer_id, kind: SubmissionKind::Individual, applicant, code: None })
    }

    /// Checks the fields of an enterprise's submission.
    ///
    /// # Errors
    /// As [`Application::individual`].
    pub fn enterprise(customer_id: CustomerId, enterprise: Enterprise) -> Result<Self, Reason> {
        check_files(&enterprise.verified_file_url, 1)?;
        check_text("corp_name", &enterprise.corp_name, 1, 255)?;
        check_text("verified_number", &enterprise.verified_number, 1, 32)?;
        if let Some(country) = &enterprise.reg_country {
            check_text("reg_country", country, 0, 10)?;
        }
        if let Some(address) = &enterprise.reg_address {
            check_text("reg_address", address, 0, 256)?;
        }
        check_characters("xaccount_type", &enterprise.xaccount_type, 1, 64)?;
        if let Some(person) = &enterprise.enterprise_person {
            check_text("enterprise_person.legel_name", &person.legel_name, 1, 256)?;
            check_text("enterprise_person.legel_id_number", &person.legel_id_number, 1, 32)?;
        }
        check_formats(&enterprise.verified_file_url)?;
        let applicant = Applicant::Enterprise(enterprise);
        Ok(Self { customer_id, kind: SubmissionKind::Enterprise, applicant, code: None })
    }

    /// Checks the fields of a change from a person to an enterprise.
    ///
    /// # Errors
    /// As [`Application::individual`].
    pub fn change(customer_id: CustomerId, enterprise: Enterprise) -> Result<Self, Reason> {
        let application = Self::enterprise(customer_id, enterprise)?;
        Ok(Self { kind: SubmissionKind::Change, ..application })
    }

    /// The certificate by which a person is authenticated, in one spelling. The number of an
    /// enterprise's may serve any number of its accounts.
    pub(crate) fn certificate(&self) -> Option<Private> {
        let Applicant::Individual(individual) = &self.applicant else {
            return None;
        };
        let number = individual.verified_number.expose().chars();
        let spelled: String =
            number.filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect();
        Some(Private::from(spelled.as_str()))
    }
}

fn check_person(individual: &Individual) -> Result<(), Reason> {
    check_text("name", &individual.name, 1, 255)?;
    check_text("verified_number", &individual.verified_number, 1, 32)?;
    check_characters("xaccount_type", &individual.xaccount_type, 1, 64)
}

fn check_text(name: &'static str, text: &Private, least: usize, most: usize) -> Result<(), Reason> {
    check_characters(name, text.expose(), least, most)
}

fn check_characters(
    name: &'static str,
    text: &str,
    least: usize,
    most: usize,
) -> Result<(), Reason> {
    if (least..=most).contains(&text.chars().count()) {
        return Ok(());
    }
    Err(Reason::field(name, format!("must have {least} to {most} characters")))
}

/// Checks how many files there are, and that their addresses are relative.
fn check_files(files: &[Private], least: usize) -> Result<(), Reason> {
    const NAME: &str = "verified_file_url";
    if !(least..=FILES_MAX).contains(&files.len()) {
        return Err(Reason::field(NAME, format!("must have {least} to {FILES_MAX} items")));
    }
    for file in files {
        check_text(NAME, file, 1, FILE_CHARACTERS_MAX)?;
        let file = file.expose();
        if file.starts_with("//") || file.contains("://") || file.chars().any(char::is_control) {
            return Err(Reason::field(NAME, "items must be relative addresses"));
        }
    }
    Ok(())
}

/// Checks by their names that the files are pictures or documents.
fn check_formats(files: &[Private]) -> Result<(), Reason> {
    let is_known = |file: &Private| {
        let (name, format) = file.expose().rsplit_once('.')?;
        let listed = FILE_FORMATS.iter().any(|known| known.eq_ignore_ascii_case(format));
        (listed && !name.is_empty() && !name.ends_with('/')).then_some(())
    };
    if files.iter().all(|file| is_known(file).is_some()) {
        Ok(())
    } else {
        Err(Reason::AttachmentFormat)
    }
}
