"use client";

import { useEffect, useEffectEvent, useState } from "react";

import { filesOf, type Dropped } from "./dropped";

/** Takes files dropped anywhere on the page; whether some are held over it now. */
export function useDropAnywhere(onDrop: (dropped: Dropped) => void): boolean {
  const [over, setOver] = useState(false);
  const dropped = useEffectEvent(onDrop);
  useEffect(() => {
    let depth = 0; // enter and leave come in pairs for every element that is passed
    const on = (event: DragEvent, step: number) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      depth = Math.max(0, depth + step);
      setOver(depth > 0);
    };
    const enter = (event: DragEvent) => on(event, 1);
    const leave = (event: DragEvent) => on(event, -1);
    const hover = (event: DragEvent) => on(event, 0);
    const drop = (event: DragEvent) => {
      on(event, -depth);
      if (carriesFiles(event) && event.dataTransfer !== null) dropped(filesOf(event.dataTransfer));
    };
    const listeners = { dragenter: enter, dragleave: leave, dragover: hover, drop } as const;
    for (const [name, listener] of Object.entries(listeners)) addEventListener(name as "drop", listener);
    return () => {
      for (const [name, listener] of Object.entries(listeners)) removeEventListener(name as "drop", listener);
    };
  }, []);
  return over;
}

function carriesFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes("Files") ?? false;
}
