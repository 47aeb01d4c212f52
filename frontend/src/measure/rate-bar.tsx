type Props = { value: number; low: number; high: number; end: number };

/** A rate as a mark within its interval, on a line from 0 to `end`; the text beside it says the same. */
export function RateBar({ value, low, high, end }: Props) {
  const at = (rate: number) => `${Math.min(100, (100 * rate) / end)}%`;
  return (
    <div aria-hidden className="relative mt-2 h-3 rounded-full bg-sunken">
      <div
        className="absolute inset-y-0 min-w-1 rounded-full bg-muted"
        style={{ left: at(low), right: `calc(100% - ${at(high)})` }}
      />
      <div className="absolute -inset-y-1 w-1 -translate-x-1/2 bg-text" style={{ left: at(value) }} />
    </div>
  );
}
