"""The portal of a municipal family-support centre."""
