"use client";

import { useState } from "react";

import type { ReviewSeen, TaskTold } from "@/api/schema";
import { Told } from "@/review/told/told";

import { Correcting } from "./correcting";

type Props = {
  told: TaskTold;
  /** The reader's account. */
  me: string | undefined;
  onTold: (told: TaskTold) => void;
  /** Called when the form for a correction is opened and closed. */
  onOpen?: (open: boolean) => void;
};

/** What has become of a task, where a reader can correct their own answer. */
export function Correctable({ told, me, onTold, onOpen }: Props) {
  const [corrected, setCorrected] = useState<ReviewSeen | null>(null);
  const correct = (review: ReviewSeen | null) => {
    setCorrected(review);
    onOpen?.(review !== null);
  };
  return (
    <div className="flex flex-col gap-4 sm:gap-6">
      <Told told={told} me={me} onCorrect={corrected === null ? correct : undefined} />
      {corrected !== null && (
        <Correcting
          key={corrected.id}
          review={corrected}
          persons={Object.keys(told.machine?.persons ?? {})}
          onCorrected={(answer) => {
            correct(null);
            onTold(answer);
          }}
          onClose={() => correct(null)}
        />
      )}
    </div>
  );
}
