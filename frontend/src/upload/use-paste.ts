"use client";

import { useEffect, useEffectEvent } from "react";

import { filesOf, linkIn, named, type Dropped } from "./dropped";

/** Takes files and addresses pasted anywhere but into a text field. */
export function usePaste(onFiles: (pasted: Dropped) => void, onLink: (url: string) => void): void {
  const pasted = useEffectEvent((event: ClipboardEvent) => {
    if (event.clipboardData === null || isTyping(event.target)) return;
    const { files, folders } = filesOf(event.clipboardData);
    const now = new Date();
    if (files.length > 0 || folders > 0)
      return onFiles({ files: files.map((file) => named(file, now)), folders });
    const link = linkIn(event.clipboardData.getData("text"));
    if (link !== null) onLink(link);
  });
  useEffect(() => {
    const listener = (event: ClipboardEvent) => pasted(event);
    document.addEventListener("paste", listener);
    return () => document.removeEventListener("paste", listener);
  }, []);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName))
  );
}
