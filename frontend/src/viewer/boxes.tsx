import type { Face } from "@/viewer/evidence/evidence";
import { scoreText } from "@/i18n/format";
import { useSize } from "@/viewer/size";

import { placeChips, type Place } from "./chips";

// Light lines in a dark casing are seen on any picture, in both themes; the exported pictures have the same.
const DARK = "#0f141b";
const LIGHT = "#ffffff";
/** Sizes in CSS pixels. */
const CHIP = { height: 22, text: 13, letter: 7.7, padding: 6 };

/** Pictures narrower than this have smaller chips. */
const SMALL = 480;
const SMALLER = 0.8;

type Props = {
  faces: readonly Face[];
  width: number;
  height: number;
  /** Whether the picture is the very frame that was sampled; else the boxes are dashed. */
  exact: boolean;
  selected: string | null;
  onPick?: (face: Face) => void;
};

/**
 * The faces' boxes over a picture that fills the same element with `object-fit: contain`: the drawing has the
 * frame's own pixels as its unit and is fitted alike, so boxes stay on their faces at any size.
 */
export function Boxes({ faces, width, height, exact, selected, onPick }: Props) {
  const [measure, size] = useSize<SVGSVGElement>();
  const shown = Math.min(size.width / width, size.height / height);
  const pixel = shown > 0 ? (size.width < SMALL ? SMALLER : 1) / shown : 0;
  const places =
    pixel > 0
      ? placeChips(
          faces.map((face) => ({ box: face.box, length: lengthOf(face) * pixel })),
          CHIP.height * pixel,
          { width, height },
        )
      : [];
  return (
    <svg
      ref={measure}
      aria-hidden
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="xMidYMid meet"
      className="pointer-events-none absolute inset-0 size-full"
    >
      {faces.map((face, index) => {
        const place = places[index];
        return (
          <g
            key={face.letter}
            opacity={selected !== null && selected !== face.letter ? 0.55 : 1}
            onClick={onPick && (() => onPick(face))}
            className={onPick && "pointer-events-auto cursor-pointer"}
          >
            <Outline face={face} exact={exact} strong={selected === face.letter} />
            {place && <Chip face={face} pixel={pixel} place={place} />}
          </g>
        );
      })}
    </svg>
  );
}

function Outline({ face: { box, letter }, exact, strong }: { face: Face; exact: boolean; strong: boolean }) {
  const [left, top, right, bottom] = box;
  const place = { x: left, y: top, width: right - left, height: bottom - top, fill: "transparent", rx: 1 };
  const light = strong ? 3 : 2;
  return (
    <>
      <rect
        {...place}
        stroke={DARK}
        strokeWidth={light + 3}
        strokeOpacity="0.85"
        vectorEffect="non-scaling-stroke"
      />
      <rect
        {...place}
        data-box={letter}
        stroke={LIGHT}
        strokeWidth={light}
        strokeDasharray={exact ? undefined : "7 5"}
        vectorEffect="non-scaling-stroke"
      />
    </>
  );
}

/** How long a chip is, in CSS pixels. */
function lengthOf({ rank, letter, score }: Face): number {
  const number = rank === null ? 0 : CHIP.height;
  return number + textOf(letter, score).length * CHIP.letter + 2 * CHIP.padding;
}

function textOf(letter: string, score: number | null): string {
  return score === null ? letter : `${letter} ${scoreText(score)}`;
}

/** "B 91", or "B" where no score is given; the number of a top moment goes before. */
function Chip({ face, pixel, place }: { face: Face; pixel: number; place: Place }) {
  const { letter, score, rank } = face;
  const number = rank === null ? 0 : CHIP.height;
  return (
    <g transform={`translate(${place.x} ${place.y}) scale(${pixel})`} fontSize={CHIP.text} fontWeight="600">
      <rect data-chip={letter} width={lengthOf(face)} height={CHIP.height} rx="3" fill={DARK} />
      {rank !== null && (
        <>
          <circle cx={CHIP.height / 2 + 1} cy={CHIP.height / 2} r="8" fill={LIGHT} />
          <text x={CHIP.height / 2 + 1} y={CHIP.height / 2 + 4} textAnchor="middle" fontSize="11" fill={DARK}>
            {rank}
          </text>
        </>
      )}
      <text x={number + CHIP.padding} y={CHIP.height / 2 + 4.5} fill={LIGHT}>
        {textOf(letter, score)}
      </text>
    </g>
  );
}
