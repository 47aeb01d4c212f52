"use client";

import { Progress } from "@base-ui/react/progress";

/** A named bar from 0 to 100; null while it is not known how far things are. */
export function ProgressBar({ value, label }: { value: number | null; label: string }) {
  return (
    <Progress.Root value={value} aria-label={label} locale="en">
      <Progress.Track className="h-1.5 overflow-hidden rounded-full bg-line">
        <Progress.Indicator className="block h-full rounded-full bg-text transition-[width] duration-200 data-indeterminate:w-1/3 data-indeterminate:animate-pulse" />
      </Progress.Track>
    </Progress.Root>
  );
}
