type Scale = (share: number) => number;

const TICKS = [0, 0.25, 0.5, 0.75, 1];
/** How far under a plot's lower edge what the axis is of is written. */
const TITLE_BELOW = 36;

type BelowProps = { x: Scale; bottom: number; title: string };

/** A scale of shares in percent under a plot whose lower edge is at `bottom`, and what it is of. */
export function SharesBelow({ x, bottom, title }: BelowProps) {
  return (
    <g fontSize={12} fill="var(--muted)">
      {TICKS.map((tick) => (
        <text key={tick} x={x(tick)} y={bottom + 16} textAnchor={tick === 1 ? "end" : "middle"}>
          {100 * tick}
        </text>
      ))}
      <text x={(x(0) + x(1)) / 2} y={bottom + TITLE_BELOW} textAnchor="middle">
        {title}
      </text>
    </g>
  );
}

type Props = {
  x: Scale;
  y: Scale;
  below: string;
  beside: string;
  /** Whether there are lines upwards as well. */
  grid?: boolean;
};

/** Both axes of a plot of shares over shares, in percent, with lines across it. */
export function ShareAxes({ x, y, below, beside, grid = false }: Props) {
  const middle = (y(0) + y(1)) / 2;
  return (
    <>
      <g fontSize={12} fill="var(--muted)">
        {TICKS.map((tick) => (
          <g key={tick}>
            {grid && <line x1={x(tick)} x2={x(tick)} y1={y(0)} y2={y(1)} stroke="var(--line)" />}
            <line x1={x(0)} x2={x(1)} y1={y(tick)} y2={y(tick)} stroke="var(--line)" />
            <text x={x(0) - 8} y={y(tick) + 4} textAnchor="end">
              {100 * tick}
            </text>
          </g>
        ))}
        <text x={12} y={middle} textAnchor="middle" transform={`rotate(-90 12 ${middle})`}>
          {beside}
        </text>
      </g>
      <SharesBelow x={x} bottom={y(0)} title={below} />
    </>
  );
}
