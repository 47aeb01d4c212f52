"""What the law says about manipulated media: dated facts per country, as data, and how they read on a day."""
