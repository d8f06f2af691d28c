//! The built-in table.
pub(super) fn schema() -> super::Schema {
    super::Schema::default()
}
