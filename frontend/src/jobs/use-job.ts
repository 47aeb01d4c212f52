"use client";

import { hashKey, replaceEqualDeep, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";

import { isAway, isPassing, type ApiError } from "@/api/errors";
import type { JobEvent, ResultAnswer } from "@/api/schema";

import { ownJob, type Access } from "./access";
import { Follower } from "./follower";
import { isFinal } from "./stages";

/** How fresh the answer is: streamed, polled, at its end, or waiting for the connection to come back. */
export type Live = "stream" | "polling" | "ended" | "offline";

export type FollowedJob = {
  /** The job as last read; undefined until then. */
  answer?: ResultAnswer;
  /** Why it cannot be read, where waiting does not help (unknown, signed out, mismatch). It wins over `answer`. */
  error?: ApiError;
  live: Live;
};

/**
 * Follow a job to its end. The answer that is read is authoritative; an event only brings its progress forward. A lost connection or a restarted
 * server only make it `offline`: it goes on trying. A retried job is followed again.
 */
export function useJob(id: string, access: Access = ownJob(id)): FollowedJob {
  const { data: answer, error } = useAnswer(access);
  const fatal = error !== null && !isPassing(error) ? error : undefined;
  const ended = fatal !== undefined || (answer !== undefined && isFinal(answer.state));
  const streaming = useFollower(access, answer !== undefined, !ended);
  if (ended) return { answer, error: fatal, live: "ended" };
  if (error !== null && isAway(error)) return { answer, live: "offline" };
  return { answer, live: streaming ? "stream" : "polling" };
}

function useAnswer(access: Access) {
  return useQuery<ResultAnswer, ApiError>({
    queryKey: access.key,
    queryFn: ({ signal }) => access.read(signal),
    structuralSharing: (old, next) => newest(old as ResultAnswer | undefined, next as ResultAnswer),
    staleTime: 5_000,
    retry: false,
    refetchOnReconnect: false,
    networkMode: "always",
  });
}

/** A slow answer must not replace a newer event. */
function newest(old: ResultAnswer | undefined, next: ResultAnswer): ResultAnswer {
  return old !== undefined && next.revision < old.revision ? old : replaceEqualDeep(old, next);
}

/** Keeps the cached answer fresh while `wanted`; returns whether events of its stream arrive. */
function useFollower(access: Access, known: boolean, wanted: boolean): boolean {
  const client = useQueryClient();
  const [streaming, setStreaming] = useState(false);
  const key = useRef(access.key);
  const hash = hashKey(access.key);
  const events = known ? access.events : null;
  useEffect(() => {
    key.current = access.key;
  });
  useEffect(() => {
    if (!wanted) return;
    const queryKey = key.current;
    const follower = new Follower({
      events,
      onStreaming: setStreaming,
      onEvent: (event) => client.setQueryData<ResultAnswer>(queryKey, (old) => old && withEvent(old, event)),
      refresh: async () => {
        await client.refetchQueries({ queryKey, exact: true }, { cancelRefetch: false });
        const error = client.getQueryState<ResultAnswer, ApiError>(queryKey)?.error;
        return error?.retryAfter ?? null;
      },
    });
    follower.start();
    return () => follower.stop();
  }, [client, hash, events, wanted]);
  return streaming;
}

function withEvent(old: ResultAnswer, event: JobEvent): ResultAnswer {
  // The place in the queue changes without the job.
  const moved = event.revision === old.revision && event.waiting_before !== old.waiting_before;
  if (event.revision <= old.revision && !moved) return old;
  const { state, stage, progress_percent, progress, waiting_before, revision, updated_at } = event;
  return { ...old, state, stage, progress_percent, progress, waiting_before, revision, updated_at };
}
