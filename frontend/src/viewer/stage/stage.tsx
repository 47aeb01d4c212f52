"use client";

import type { ReactNode, Ref } from "react";

import type { Evidence } from "@/viewer/evidence/evidence";

type Props = {
  evidence: Pick<Evidence, "width" | "height">;
  /** No picture will come: a line of text needs less room. */
  empty: boolean;
  ref?: Ref<HTMLDivElement>;
  children: ReactNode;
};

/** The room of the picture, of the picture's own shape before it has come, so that nothing jumps. */
export function Stage({ evidence: { width, height }, empty, ref, children }: Props) {
  return (
    <div
      ref={ref}
      className="relative max-h-[42dvh] min-h-32 w-full overflow-hidden bg-sunken @2xl:max-h-[min(70dvh,40rem)]"
      style={empty ? undefined : { aspectRatio: `${width} / ${height}` }}
    >
      {children}
    </div>
  );
}

/** What stands where a picture is missing. */
export function StageNote({ children }: { children: ReactNode }) {
  return (
    <div className="absolute inset-0 grid place-items-center p-6 text-center text-sm text-balance text-muted">
      <p className="max-w-prose">{children}</p>
    </div>
  );
}
