"use client";

import { useSyncExternalStore } from "react";

import type { MediaKind } from "@/api/schema";

import { dropOwnerSecret } from "./owner-secrets";

/** A job that this browser has started where the server has no accounts: all that is stored of it. */
export type Remembered = {
  id: string;
  filename: string;
  mediaType: MediaKind;
  /** ISO 8601, UTC. */
  addedAt: string;
};

const STORED = "deepshield.jobs";
const LONGEST = 200;
const NONE: Remembered[] = [];

const listeners = new Set<() => void>();
let cached: { text: string | null; list: Remembered[] } = { text: null, list: NONE };

/** Put a job at the head of the list, or move it there; the oldest go beyond 200. */
export function remember(entry: Remembered): void {
  write([entry, ...read().filter(({ id }) => id !== entry.id)].slice(0, LONGEST));
}

/** Take a job off the list, and with it the right to change it. */
export function forget(id: string): void {
  dropOwnerSecret(id);
  write(read().filter((entry) => entry.id !== id));
}

/** Empty the list, and give up the right to change its jobs. */
export function clear(): void {
  dropOwnerSecret();
  write([]);
}

/** The remembered jobs, newest first; also as other tabs change them. */
export function useRemembered(): Remembered[] {
  return useSyncExternalStore(subscribe, read, () => NONE);
}

function subscribe(changed: () => void): () => void {
  listeners.add(changed);
  addEventListener("storage", changed);
  return () => {
    listeners.delete(changed);
    removeEventListener("storage", changed);
  };
}

function read(): Remembered[] {
  const text = stored();
  if (text !== cached.text) cached = { text, list: parse(text) };
  return cached.list;
}

function write(list: Remembered[]): void {
  try {
    localStorage.setItem(STORED, JSON.stringify(list));
  } catch {
    return; // storage is full or forbidden: the analysis goes on without the list
  }
  for (const changed of listeners) changed();
}

function stored(): string | null {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null;
  }
}

function parse(text: string | null): Remembered[] {
  if (text === null) return NONE;
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.filter(isRemembered) : NONE;
  } catch {
    return NONE;
  }
}

function isRemembered(entry: unknown): entry is Remembered {
  if (typeof entry !== "object" || entry === null) return false;
  const { id, filename, mediaType, addedAt } = entry as Record<string, unknown>;
  const known = mediaType === "image" || mediaType === "video";
  return typeof id === "string" && typeof filename === "string" && typeof addedAt === "string" && known;
}

const files = new Map<string, File>();

/** Keep an upload's file for this page's life, so that it can be shown without fetching it back. */
export function keepLocalFile(id: string, file: File): void {
  files.set(id, file);
}

/** The file that this page uploaded for a job, or null. */
export function localFile(id: string): File | null {
  return files.get(id) ?? null;
}

/** Drop a job's file; without an id all files, as on signing out. */
export function dropLocalFile(id?: string): void {
  if (id === undefined) files.clear();
  else files.delete(id);
}
