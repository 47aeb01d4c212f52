"""From authentic photographs to a scorer's weights: prepare, blend, augment, train."""
