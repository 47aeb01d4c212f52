import { useEffect, useRef, useState } from "react";

import { VALUES, type Value } from "./draft";

/** What a key does while a file is read. */
export type Command =
  | { do: "play" | "show" | "mute" | "region" | "submit" | "skip" | "hand" | "help" }
  | { do: "frame" | "seek" | "jump"; direction: -1 | 1 }
  | { do: "span"; edge: "start" | "end" }
  | { do: "answer"; value: Value };

type Pressed = Pick<KeyboardEvent, "key" | "shiftKey" | "ctrlKey" | "altKey" | "metaKey"> & {
  /** AltGr, which writes brackets on many keyboards and looks like Ctrl and Alt on some. */
  altGraph?: boolean;
};

const PLAIN: Record<string, Command> = {
  " ": { do: "play" },
  b: { do: "show" },
  m: { do: "mute" },
  r: { do: "region" },
  s: { do: "skip" },
  h: { do: "hand" },
  "?": { do: "help" },
  Enter: { do: "submit" },
  ",": { do: "frame", direction: -1 },
  ".": { do: "frame", direction: 1 },
  "[": { do: "span", edge: "start" },
  "]": { do: "span", edge: "end" },
};

/** The command of a key, or null where it means nothing here or belongs to the browser. */
export function commandOf({ key, shiftKey, ctrlKey, altKey, metaKey, altGraph }: Pressed): Command | null {
  if (metaKey || ((ctrlKey || altKey) && altGraph !== true)) return null;
  if (key === "ArrowLeft" || key === "ArrowRight")
    return { do: shiftKey ? "jump" : "seek", direction: key === "ArrowLeft" ? -1 : 1 };
  const value = /^[1-4]$/.test(key) ? VALUES[Number(key) - 1] : undefined;
  if (value !== undefined) return { do: "answer", value };
  return PLAIN[key.length === 1 ? key.toLowerCase() : key] ?? null;
}

// What uses keys itself: text and lists all of them, others those that press or move them.
const TAKES_ALL =
  "input:not([type=checkbox], [type=radio], [type=range]), select, textarea, [contenteditable], [role=application]";
const TAKES: Partial<Record<Command["do"], string>> = {
  play: "button, a, summary, input[type=checkbox], input[type=radio]",
  submit: "button, a, summary",
  seek: "input[type=radio], input[type=range]",
};

/** Whether the element that has the focus uses this command's key itself. */
export function usesKeyItself(element: Element, command: Command): boolean {
  if (element.closest(TAKES_ALL) !== null) return true;
  const takes = TAKES[command.do];
  return takes !== undefined && element.closest(takes) !== null;
}

/** Obey keys while mounted, but those of fields and of an open dialog; nothing while `on` is false. */
export function useReviewKeys(on: boolean, obey: (command: Command) => void): void {
  const latest = useRef(obey);
  useEffect(() => {
    latest.current = obey;
  });
  useEffect(() => {
    if (!on) return undefined;
    const pressed = (event: KeyboardEvent) => {
      const { key, shiftKey, ctrlKey, altKey, metaKey, target } = event;
      const altGraph = event.getModifierState("AltGraph");
      const command = commandOf({ key, shiftKey, ctrlKey, altKey, metaKey, altGraph });
      if (command === null || event.defaultPrevented || isDialogOpen()) return;
      if (target instanceof Element && usesKeyItself(target, command)) return;
      event.preventDefault();
      if (!event.repeat || command.do === "frame" || command.do === "seek" || command.do === "jump")
        latest.current(command);
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, [on]);
}

const STORED = "deepshield.review.keys";

/** Whether single keys work on this page, and a switch that this browser remembers. */
export function useKeysPreference(): [boolean, (on: boolean) => void] {
  const [on, setOn] = useState(() => {
    try {
      return localStorage.getItem(STORED) !== "off";
    } catch {
      return true;
    }
  });
  const choose = (next: boolean) => {
    try {
      localStorage.setItem(STORED, next ? "on" : "off");
    } catch {
      // storage can be forbidden
    }
    setOn(next);
  };
  return [on, choose];
}

function isDialogOpen(): boolean {
  return document.querySelector('[role="dialog"], [role="alertdialog"]') !== null;
}
