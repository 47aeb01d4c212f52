import { useCallback, useMemo, useRef, useState } from "react";

import { followVideo, type Clock } from "./clock";

/** A `<video>` that a clock follows, wherever it is shown. */
export type VideoElement = {
  /** The video; null where there is none. */
  video(): HTMLVideoElement | null;
  /** The ref of the `<video>` to play. */
  attach(video: HTMLVideoElement): () => void;
  /** Let the clock stand where it was sent until the video is there. */
  hold(): void;
  playing: boolean;
  setPlaying(playing: boolean): void;
  toggle(): void;
  pause(): void;
  /** Change the video; false where there is none. */
  change(to: Partial<Pick<HTMLVideoElement, "currentTime" | "muted" | "playbackRate">>): boolean;
};

/** The video of a player, which `clock` follows while it is attached. */
export function useVideoElement(clock: Clock): VideoElement {
  const element = useRef<HTMLVideoElement>(null);
  const held = useRef<() => void>(() => undefined);
  const [playing, setPlaying] = useState(false);

  const attach = useCallback(
    (video: HTMLVideoElement) => {
      element.current = video;
      const following = followVideo(video, clock);
      held.current = following.hold;
      return () => {
        following.release();
        element.current = null;
        setPlaying(false);
      };
    },
    [clock],
  );
  const hold = useCallback(() => held.current(), []);
  const toggle = useCallback(() => {
    const video = element.current;
    if (!video) return;
    // A refusal to play (no source, a policy of the browser) leaves it paused, as its button says.
    if (video.paused) video.play().catch(() => undefined);
    else video.pause();
  }, []);
  const pause = useCallback(() => element.current?.pause(), []);
  const change = useCallback<VideoElement["change"]>((to) => {
    if (!element.current) return false;
    Object.assign(element.current, to);
    return true;
  }, []);
  const video = useCallback(() => element.current, []);

  return useMemo(
    () => ({ video, attach, hold, playing, setPlaying, toggle, pause, change }),
    [video, attach, hold, playing, toggle, pause, change],
  );
}
