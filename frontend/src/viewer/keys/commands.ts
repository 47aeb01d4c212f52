import type { KeyboardEvent as ReactKeyboardEvent } from "react";

/** A command that a key gives inside the viewer. */
export type Command =
  | { do: "play" | "boxes" | "map" | "table" | "help" }
  | { do: "step" | "jump" | "moment"; direction: -1 | 1 }
  | { do: "person"; place: number };

type Pressed = Pick<KeyboardEvent, "key" | "shiftKey" | "ctrlKey" | "altKey" | "metaKey"> & {
  /** AltGr, which writes brackets on many keyboards and looks like Ctrl and Alt on some. */
  altGraph?: boolean;
};

const PLAIN: Record<string, Command> = {
  " ": { do: "play" },
  o: { do: "boxes" },
  h: { do: "map" },
  t: { do: "table" },
  "?": { do: "help" },
  "[": { do: "moment", direction: -1 },
  "]": { do: "moment", direction: 1 },
};

/** The command of a pressed key, or null where it means nothing here or belongs to the browser. */
export function commandOf(pressed: Pressed): Command | null {
  const { key, shiftKey } = pressed;
  if (pressed.metaKey || ((pressed.ctrlKey || pressed.altKey) && !pressed.altGraph)) return null;
  if (key === "ArrowLeft" || key === "ArrowRight") {
    return { do: shiftKey ? "jump" : "step", direction: key === "ArrowLeft" ? -1 : 1 };
  }
  if (/^[1-9]$/.test(key)) return { do: "person", place: Number(key) - 1 };
  return PLAIN[key.toLowerCase()] ?? null;
}

// What uses these keys itself: text, lists and sliders all of them, buttons the space bar.
const TAKES_ALL = "input, select, textarea, [contenteditable], [role='menu'], [role='listbox']";
const TAKES_SPACE = "button, a, summary";

/** Whether the element that has the focus uses this command's key itself. */
export function usesKeyItself(element: Element, command: Command): boolean {
  if (element.closest(TAKES_ALL)) return true;
  return command.do === "play" && element.closest(TAKES_SPACE) !== null;
}

/** The command of a key that was pressed in an element, or null where what has the focus uses the key itself. */
export function commandFor(event: ReactKeyboardEvent<HTMLElement>): Command | null {
  const { key, shiftKey, ctrlKey, altKey, metaKey, target } = event;
  const altGraph = event.getModifierState("AltGraph");
  const command = commandOf({ key, shiftKey, ctrlKey, altKey, metaKey, altGraph });
  // Dialogs lie elsewhere in the page, though their events come up here.
  const inside = target instanceof Element && event.currentTarget.contains(target);
  if (command === null || event.defaultPrevented || !inside || usesKeyItself(target, command)) return null;
  return command;
}
