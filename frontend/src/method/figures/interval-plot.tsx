import { scaleLinear } from "d3-scale";

const [WIDTH, HEIGHT, PAD] = [176, 16, 5];
const x = scaleLinear([0, 1], [PAD, WIDTH - PAD]);

/** A figure between 0 and 1 with its range, against the coin toss; the figures beside it say the same. */
export function IntervalPlot({ value, range }: { value: number; range: readonly [number, number] | null }) {
  const middle = HEIGHT / 2;
  return (
    <svg
      aria-hidden
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      className="mt-1 ml-auto block max-w-full md:ml-0"
    >
      <line x1={x(0)} x2={x(1)} y1={middle} y2={middle} stroke="var(--line)" strokeWidth={1} />
      <line x1={x(0.5)} x2={x(0.5)} y1={0} y2={HEIGHT} stroke="var(--muted)" strokeDasharray="2 2" />
      {range !== null && (
        <line
          x1={x(range[0])}
          x2={x(range[1])}
          y1={middle}
          y2={middle}
          stroke="var(--text)"
          strokeWidth={2}
        />
      )}
      <circle cx={x(value)} cy={middle} r={4} fill="var(--text)" stroke="var(--surface)" strokeWidth={1.5} />
    </svg>
  );
}
