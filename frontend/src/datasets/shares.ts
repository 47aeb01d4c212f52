type Typed = { train: string; validation: string; seed: string };

/** The shares of groups, 0 to 1, and the seed, as they were typed in percent; null where they make no sense. */
export function sharesOf({ train, validation, seed }: Typed) {
  const parts = [train, validation].map((text) => (/^\d{1,3}$/.test(text.trim()) ? Number(text) : NaN));
  const [first = NaN, second = NaN] = parts;
  if (!(first + second <= 100) || !/^\d{1,15}$/.test(seed.trim())) return null;
  // Of whole numbers, so that the three sum to exactly 1.
  return {
    train: first / 100,
    validation: second / 100,
    test: (100 - first - second) / 100,
    seed: Number(seed),
  };
}
