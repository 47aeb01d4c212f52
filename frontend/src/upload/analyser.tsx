"use client";

export function Analyser() {
  return null;
}
