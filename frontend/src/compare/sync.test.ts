import { describe, expect, it, vi } from "vitest";

import type { Player } from "@/viewer/player";

import { follow, linked } from "./sync";

/** A player of a video of which nothing is shown. */
function player(currentTime = 0, paused = true) {
  let cursorMs = 1000 * currentTime;
  const video = {
    currentTime,
    paused,
    muted: false,
    playbackRate: 1,
    pause: vi.fn(),
    play: vi.fn(() => Promise.resolve()),
  };
  const seek = vi.fn((ms: number) => {
    cursorMs = ms;
  });
  const made = {
    clock: { now: () => ({ cursorMs, shownMs: cursorMs }) },
    video: () => video,
    seek,
    step: (direction: -1 | 1) => seek(cursorMs + 500 * direction),
  };
  return { video, seek, as: made as unknown as Player };
}

describe("linked", () => {
  it("takes the other one along, by the offset", () => {
    const [a, b] = [player(), player()];
    const both = linked(
      a.as,
      b.as,
      (ms) => ms + 200,
      () => undefined,
    );
    both.seek(3_000);
    expect(b.seek).toHaveBeenLastCalledWith(3_200);
    both.step(1);
    expect(a.seek).toHaveBeenLastCalledWith(3_500);
    expect(b.seek).toHaveBeenLastCalledWith(3_700);
  });
});

describe("follow", () => {
  it("plays the second video, without sound, while the first one plays", () => {
    const [a, b] = [player(2, false), player(2.5, true)];
    follow(a.as, b.as, 500, 10_000);
    expect(b.video.play).toHaveBeenCalled();
    expect(b.video.muted).toBe(true);
    expect(b.seek).not.toHaveBeenCalled();
  });

  it("sets it right when it drifts", () => {
    const [a, b] = [player(2, false), player(2, false)];
    follow(a.as, b.as, 500, 10_000);
    expect(b.seek).toHaveBeenCalledWith(2_500);
  });

  it("stops it with the first one, and where there is nothing of it to be seen", () => {
    const [a, b] = [player(2, true), player(2, false)];
    follow(a.as, b.as, 0, 10_000);
    expect(b.video.pause).toHaveBeenCalledTimes(1);
    const [c, d] = [player(9, false), player(9, false)];
    follow(c.as, d.as, 0, 8_000);
    expect(d.video.pause).toHaveBeenCalledTimes(1);
    expect(d.video.play).not.toHaveBeenCalled();
  });
});
