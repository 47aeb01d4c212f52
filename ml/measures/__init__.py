"""Figures of scores against labels, and their pictures: shared by training and by the product."""
