"""Weights against labelled media, through the serving path: records, constants, figures."""
