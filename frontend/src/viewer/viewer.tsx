"use client";

import type { ResultAnswer } from "@/api/schema";

import type { Source } from "./source";

export type { Source } from "./source";

type Props = { answer: ResultAnswer; source: Source };

/** The evidence of a finished analysis: player or picture with the faces, timeline, top moments. */
export function Viewer({ answer, source }: Props) {
  return <section data-kind={answer.media_type} data-local={source.localFile !== null} />;
}
