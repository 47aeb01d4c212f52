"use client";

import { useEffect, useEffectEvent, useState } from "react";

/** Files and folders that were dropped on the page or pasted. */
export type Dropped = { files: File[]; folders: FileSystemDirectoryEntry[] };

/** Take files and folders out of a drop or a paste, which the browser empties afterwards. */
export function filesOf(transfer: DataTransfer): Dropped {
  const items = [...transfer.items].filter((item) => item.kind === "file");
  const folders = items.map((item) => item.webkitGetAsEntry?.() ?? null).filter((entry) => isFolder(entry));
  if (folders.length === 0) return { files: [...transfer.files], folders };
  const files = items.flatMap((item) => (isFolder(item.webkitGetAsEntry()) ? [] : (item.getAsFile() ?? [])));
  return { files, folders };
}

function isFolder(entry: FileSystemEntry | null): entry is FileSystemDirectoryEntry {
  return entry?.isDirectory === true;
}

/** Give a pasted picture a name of its own: browsers call all of them "image.png". */
export function named(file: File, now: Date): File {
  if (!/^image\.\w+$/.test(file.name)) return file;
  const clock = [now.getHours(), now.getMinutes(), now.getSeconds()]
    .map((part) => String(part).padStart(2, "0"))
    .join("-");
  const name = `pasted-${clock}${file.name.slice(file.name.indexOf("."))}`;
  return new File([file], name, { type: file.type, lastModified: file.lastModified });
}

/** The address of a file in pasted or typed text; null for other text. */
export function linkIn(text: string): string | null {
  const trimmed = text.trim();
  return /^https?:\/\/[^\s/]+\.[^\s]+$/i.test(trimmed) && URL.canParse(trimmed) ? trimmed : null;
}

/** Accept files dropped anywhere on the page; returns whether files are being dragged over it. */
export function useDropAnywhere(onDrop: (dropped: Dropped) => void): boolean {
  const [over, setOver] = useState(false);
  const dropped = useEffectEvent(onDrop);
  useEffect(() => {
    let depth = 0; // enter and leave come in pairs for every element on the way
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

/** Accept files and addresses pasted anywhere except into a text field. */
export function usePaste(onFiles: (pasted: Dropped) => void, onLink: (url: string) => void): void {
  const pasted = useEffectEvent((event: ClipboardEvent) => {
    if (event.clipboardData === null || isTyping(event.target)) return;
    const { files, folders } = filesOf(event.clipboardData);
    const now = new Date();
    if (files.length > 0 || folders.length > 0)
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
