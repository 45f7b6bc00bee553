//! What requests for prices have in common.

use super::refusal::Refusal;
use crate::domain::catalogue::{ChargeMode, MeasureId, ProductLookup};
use crate::domain::rating::Size;
use std::collections::BTreeSet;

/// Most products of one request.
const ITEMS_MAX: usize = 100;

/// Longest id and region, in characters.
const ID_CHARACTERS_MAX: usize = 64;

/// Longest code of a product, in characters.
const CODE_CHARACTERS_MAX: usize = 400;

/// Largest size.
const SIZE_MAX: u32 = 214_783_647;

/// The fields by which a request names a product.
#[derive(Clone, Copy, Debug)]
pub struct ProductFields<'r> {
    /// The service.
    pub cloud_service_type: &'r str,
    /// The type of resources.
    pub resource_type: &'r str,
    /// The specification.
    pub resource_spec: &'r str,
    /// The region.
    pub region: &'r str,
    /// The availability zone.
    pub available_zone: Option<&'r str>,
    /// How large it is bought.
    pub resource_size: Option<u32>,
    /// The unit of that.
    pub size_measure_id: Option<u32>,
}

/// A product that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// By what to look it up. `None` when a field has a text that no code can be: then there is no
    /// such product.
    pub lookup: Option<ProductLookup>,
    /// How large it is bought.
    pub size: Option<Size>,
}

impl ProductFields<'_> {
    /// Checks the fields.
    ///
    /// # Errors
    /// [`Refusal::Parameter`] for the first that is wrong.
    pub fn read(self, charge_mode: ChargeMode) -> Result<Asked, Refusal> {
        check_text("cloud_service_type", self.cloud_service_type, CODE_CHARACTERS_MAX)?;
        check_text("resource_type", self.resource_type, CODE_CHARACTERS_MAX)?;
        check_text("resource_spec", self.resource_spec, CODE_CHARACTERS_MAX)?;
        check_text("region", self.region, ID_CHARACTERS_MAX)?;
        let zone = self.available_zone.filter(|zone| !zone.is_empty());
        if let Some(zone) = zone {
            check_text("available_zone", zone, ID_CHARACTERS_MAX)?;
        }
        let size = self.size()?;
        Ok(Asked { lookup: self.lookup(zone, charge_mode), size })
    }

    fn size(self) -> Result<Option<Size>, Refusal> {
        if self.resource_size.is_some_and(|size| !(1..=SIZE_MAX).contains(&size)) {
            let fault = format!("must be a whole number from 1 to {SIZE_MAX}");
            return Err(Refusal::parameter("resource_size", &fault));
        }
        let measure_id = self.size_measure_id.map(MeasureId);
        if measure_id.is_some_and(|measure_id| !measure_id.is_of_sizes()) {
            return Err(Refusal::parameter("size_measure_id", "must be 14, 15 or 17"));
        }
        match (self.resource_size, measure_id) {
            (None, None) => Ok(None),
            (Some(value), Some(measure_id)) => Ok(Some(Size { value, measure_id })),
            (Some(_), None) => {
                Err(Refusal::parameter("size_measure_id", "is required with resource_size"))
            }
            (None, Some(_)) => {
                Err(Refusal::parameter("resource_size", "is required with size_measure_id"))
            }
        }
    }

    fn lookup(self, zone: Option<&str>, charge_mode: ChargeMode) -> Option<ProductLookup> {
        Some(ProductLookup {
            service_type_code: self.cloud_service_type.parse().ok()?,
            resource_type_code: self.resource_type.parse().ok()?,
            region_code: self.region.parse().ok()?,
            resource_spec: self.resource_spec.parse().ok()?,
            charge_mode,
            zone_code: zone.map(str::to_owned),
        })
    }
}

/// Checks how many items a request has, and that their ids are unique.
///
/// # Errors
/// [`Refusal::Parameter`].
pub fn check_items<'r>(ids: impl ExactSizeIterator<Item = &'r str>) -> Result<(), Refusal> {
    if !(1..=ITEMS_MAX).contains(&ids.len()) {
        let fault = format!("must have 1 to {ITEMS_MAX} products");
        return Err(Refusal::parameter("product_infos", &fault));
    }
    let mut known = BTreeSet::new();
    for id in ids {
        check_text("id", id, ID_CHARACTERS_MAX)?;
        if !known.insert(id) {
            return Err(Refusal::parameter("id", "must be unique"));
        }
    }
    Ok(())
}

/// Checks the project, which may be any.
///
/// # Errors
/// [`Refusal::Parameter`].
pub fn check_project(project_id: &str) -> Result<(), Refusal> {
    check_text("project_id", project_id, ID_CHARACTERS_MAX)
}

/// Checks a text that must not be empty.
///
/// # Errors
/// [`Refusal::Parameter`].
pub fn check_text(name: &str, text: &str, characters_max: usize) -> Result<(), Refusal> {
    if (1..=characters_max).contains(&text.chars().count()) {
        return Ok(());
    }
    Err(Refusal::parameter(name, &format!("must have 1 to {characters_max} characters")))
}

/// A number above zero.
///
/// # Errors
/// [`Refusal::Parameter`].
pub fn positive(name: &str, number: u32) -> Result<u32, Refusal> {
    if number > 0 { Ok(number) } else { Err(Refusal::parameter(name, "must be greater than 0")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: ProductFields<'_> = ProductFields {
        cloud_service_type: "hws.service.type.ebs",
        resource_type: "hws.resource.type.volume",
        resource_spec: "GPSSD",
        region: "cn-north-1",
        available_zone: None,
        resource_size: None,
        size_measure_id: None,
    };

    fn refused(fields: ProductFields<'_>) -> String {
        match fields.read(ChargeMode::Period) {
            Err(Refusal::Parameter(problem)) => problem,
            other => panic!("not refused as a parameter: {other:?}"),
        }
    }

    #[test]
    fn sizes_have_a_number_and_a_unit() {
        let sized = |resource_size, size_measure_id| ProductFields {
            resource_size,
            size_measure_id,
            ..FIELDS
        };
        let size = |value| Some(Size { value, measure_id: MeasureId::GIGABYTE });
        let read = |fields: ProductFields<'_>| fields.read(ChargeMode::Period).map(|it| it.size);
        assert_eq!(read(FIELDS), Ok(None));
        assert_eq!(read(sized(Some(30), Some(17))), Ok(size(30)));
        assert_eq!(read(sized(Some(SIZE_MAX), Some(17))), Ok(size(SIZE_MAX)));
        for (value, measure, name) in [
            (Some(0), Some(17), "resource_size"),
            (Some(SIZE_MAX + 1), Some(17), "resource_size"),
            (Some(30), Some(10), "size_measure_id"),
            (Some(30), None, "size_measure_id"),
            (None, Some(17), "resource_size"),
        ] {
            let problem = refused(sized(value, measure));
            assert!(problem.starts_with(name), "{problem}");
        }
    }

    #[test]
    fn texts_that_are_no_codes_are_of_no_product() {
        let fields = ProductFields { resource_spec: "规格", ..FIELDS };
        assert_eq!(fields.read(ChargeMode::Period).map(|it| it.lookup), Ok(None));
        let long = "s".repeat(400);
        let fields = ProductFields { resource_spec: &long, ..FIELDS };
        assert_eq!(fields.read(ChargeMode::Period).map(|it| it.lookup), Ok(None));
        let longer = "s".repeat(401);
        for spec in ["", &longer] {
            let problem = refused(ProductFields { resource_spec: spec, ..FIELDS });
            assert!(problem.starts_with("resource_spec"), "{problem}");
        }
        let empty_zone = ProductFields { available_zone: Some(""), ..FIELDS };
        assert_eq!(empty_zone.read(ChargeMode::Period), FIELDS.read(ChargeMode::Period));
    }

    #[test]
    fn ids_are_unique_and_not_too_many() {
        let ids: Vec<String> = (0..=ITEMS_MAX).map(|id| id.to_string()).collect();
        let check = |ids: &[&str]| check_items(ids.iter().copied());
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        assert_eq!(check(&ids[..ITEMS_MAX]), Ok(()));
        for wrong in [&ids[..], &[], &["1", "1"], &[""]] {
            assert!(check(wrong).is_err(), "{wrong:?}");
        }
    }
}
