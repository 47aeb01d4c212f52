import type { Player } from "@/viewer/player";

/** Further apart than this, the second video is set to its place again. */
const DRIFT_MS = 150;
/** The same when both stand: below what is seen, above what seeking rounds to. */
const EXACT_MS = 10;

/** A player whose moves another one goes along with; `toOther` makes the other's time of its own. */
export function linked(
  own: Player,
  other: Player,
  toOther: (ms: number) => number,
  toggle: () => void,
): Player {
  const along = () => other.seek(toOther(own.clock.now().cursorMs));
  return {
    ...own,
    toggle,
    seek: (ms) => {
      own.seek(ms);
      along();
    },
    step: (direction) => {
      own.step(direction);
      along();
    },
    jump: (direction) => {
      own.jump(direction);
      along();
    },
    moment: (direction) => {
      const top = own.moment(direction);
      along();
      return top;
    },
  };
}

/**
 * Let the second video play while the first one does, `offsetMs` further on, as far as there is something of it to be
 * seen, and set it right when it drifts. It is muted, since the sound is the first one's.
 */
export function follow(first: Player, second: Player, offsetMs: number, durationMs: number): void {
  const [leader, follower] = [first.video(), second.video()];
  if (leader === null || follower === null) return;
  const wanted = 1000 * leader.currentTime + offsetMs;
  const within = wanted >= 0 && wanted < durationMs;
  const playing = !leader.paused && within;
  const apartMs = Math.abs(1000 * follower.currentTime - wanted);
  follower.muted = true;
  follower.playbackRate = leader.playbackRate;
  if (!playing) {
    if (!follower.paused) follower.pause();
    if (within && apartMs > EXACT_MS) second.seek(wanted);
    return;
  }
  if (apartMs > DRIFT_MS) second.seek(wanted);
  if (follower.paused) follower.play().catch(() => undefined);
}
