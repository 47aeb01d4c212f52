"use client";

import english from "@messages/en/sound.json";
import type { ReactNode } from "react";

import { PageWords } from "./page-words";

const german = () => import("@messages/de/sound.json").then((module) => module.default);

type Props = { waiting?: ReactNode; children: ReactNode };

/** Gives all below it the texts about sound, which come with what is loaded late. */
export function SoundWords({ waiting = null, children }: Props) {
  return (
    <PageWords of="sound" english={english} load={german} waiting={waiting}>
      {children}
    </PageWords>
  );
}
