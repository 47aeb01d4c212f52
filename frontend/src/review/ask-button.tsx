"use client";

import dynamic from "next/dynamic";

import { useMay } from "@/api/queries";

import { ReviewWords } from "./words";

const Ask = dynamic(() => import("./ask/ask").then((module) => module.Ask), { ssr: false });

/** A button that asks for a review of a file of the workspace; nothing for who may not. */
export function AskForReview({ mediaId }: { mediaId: string }) {
  if (!useMay("comment")) return null;
  return (
    <ReviewWords waiting={null}>
      <Ask mediaId={mediaId} />
    </ReviewWords>
  );
}
