"use client";

import { ApiError } from "@/api/errors";
import { Notice } from "@/ui/notice";

import { failureOf } from "./failure";
import { useFailureText } from "./use-failure-words";

type Props = {
  error: unknown;
  /** What is said in its place of something that is not there. */
  gone?: string;
};

/** Why a request was refused; nothing without an error. */
export function Problem({ error, gone }: Props) {
  const text = useFailureText();
  if (!(error instanceof ApiError)) return null;
  return (
    <Notice tone="danger">
      {gone !== undefined && error.status === 404 ? gone : text(failureOf(error))}
    </Notice>
  );
}
