import { useEffect, useRef } from "react";

/** Marks a row with its file's id, and the link in it. */
export const ROW = "data-medium";
export const ROW_LINK = "data-medium-link";

type Acts = {
  /** Choose the row that has the focus, with Shift all from the last one to it. */
  onChoose: (id: string, range: boolean) => void;
  onSearch: () => void;
  onHelp: () => void;
};

/** The keys of the list: j and k go from row to row, x chooses, Enter opens, / searches, ? shows them. */
export function useListKeys(acts: Acts): void {
  const latest = useRef(acts);
  useEffect(() => {
    latest.current = acts;
  });
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target))
        return;
      if (obey(event, latest.current)) event.preventDefault();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, []);
}

function obey({ key, target }: KeyboardEvent, { onChoose, onSearch, onHelp }: Acts): boolean {
  const row = target instanceof Element ? target.closest(`[${ROW}]`) : null;
  switch (key) {
    case "j":
      return step(row, 1);
    case "k":
      return step(row, -1);
    case "x":
    case "X":
      if (row !== null) onChoose(row.getAttribute(ROW) ?? "", key === "X");
      return row !== null;
    case "Enter": {
      // Of a link the browser takes care itself; of a row's box this opens the row.
      if (row === null || !(target instanceof HTMLInputElement)) return false;
      row.querySelector<HTMLElement>(`[${ROW_LINK}]`)?.click();
      return true;
    }
    case "/":
      onSearch();
      return true;
    case "?":
      onHelp();
      return true;
    default:
      return false;
  }
}

function step(row: Element | null, by: 1 | -1): boolean {
  const rows = [...document.querySelectorAll(`[${ROW}]`)];
  const place = row === null ? (by === 1 ? -1 : rows.length) : rows.indexOf(row);
  const link = rows[place + by]?.querySelector<HTMLElement>(`[${ROW_LINK}]`);
  link?.focus();
  return link !== undefined && link !== null;
}

/** Keys are text where something is typed, and a dialog's own while one is open. */
function isTyping(target: EventTarget | null): boolean {
  if (document.querySelector('[role="dialog"], [role="alertdialog"]') !== null) return true;
  if (target instanceof HTMLInputElement) return target.type !== "checkbox" && target.type !== "radio";
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
