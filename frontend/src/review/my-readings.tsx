"use client";

import dynamic from "next/dynamic";

import { useMay } from "@/api/queries";

import { ReviewWords } from "./words";

const Mine = dynamic(() => import("./correct/mine").then((module) => module.Mine), { ssr: false });

/** What the reader has said of a file of the library, to be corrected; nothing for who takes no reviews. */
export function MyReadings({ mediaId }: { mediaId: string }) {
  if (!useMay("review")) return null;
  return (
    <ReviewWords waiting={null}>
      <Mine mediaId={mediaId} />
    </ReviewWords>
  );
}
