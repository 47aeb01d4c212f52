import { useState } from "react";

const STORED = "deepshield.viewer.keys";

/** Whether keys work in the viewer, and a switch that this browser remembers. */
export function useKeysPreference(): [boolean, (on: boolean) => void] {
  const [on, setOn] = useState(() => localStorage.getItem(STORED) !== "off");
  const choose = (next: boolean) => {
    localStorage.setItem(STORED, next ? "on" : "off");
    setOn(next);
  };
  return [on, choose];
}
