"use client";

import { ApiError } from "@/api/errors";
import { failureOf } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { Notice } from "@/ui/notice";

/** Why a request was refused; nothing without an error. */
export function Problem({ error }: { error: unknown }) {
  const text = useFailureText();
  if (!(error instanceof ApiError)) return null;
  return <Notice tone="danger">{text(failureOf(error))}</Notice>;
}
