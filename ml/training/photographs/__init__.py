"""Authentic photographs: found, landmarked, paired with donors, packed."""
