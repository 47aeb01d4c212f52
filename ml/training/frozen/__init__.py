"""What the features of a frozen CLIP tell: kept once per face, then heads fitted on them and compared."""
