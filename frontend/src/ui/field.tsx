"use client";

import { Field as Base } from "@base-ui/react/field";
import type { ComponentProps } from "react";

type Props = Omit<ComponentProps<typeof Base.Control>, "className"> & {
  label: string;
  name: string;
  hint?: string;
  /** What is wrong with the value; announced with the field. */
  error?: string;
};

/** A labelled text field with its hint and its error tied to it. */
export function Field({ label, name, hint, error, ...control }: Props) {
  return (
    <Base.Root name={name} invalid={error !== undefined} className="flex flex-col gap-1">
      <Base.Label className="text-sm font-medium">{label}</Base.Label>
      <Base.Control
        {...control}
        className="min-h-11 rounded-control border border-control bg-surface px-3 text-base text-text data-[invalid]:border-danger"
      />
      {hint !== undefined && <Base.Description className="text-sm text-muted">{hint}</Base.Description>}
      {error !== undefined && (
        <Base.Error match className="text-sm text-danger">
          {error}
        </Base.Error>
      )}
    </Base.Root>
  );
}
