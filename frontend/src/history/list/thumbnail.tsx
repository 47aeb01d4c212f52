"use client";

import { Film, Image as Picture } from "lucide-react";
import { useState } from "react";

import type { Row } from "@/history/row";

/** The most suspicious face while its file is kept, else an icon of the file's kind. */
export function Thumbnail({ row }: { row: Row }) {
  const [broken, setBroken] = useState<string | null>(null);
  const url = row.filesDeleted ? null : row.thumbnailUrl;
  const Sign = row.kind === "video" ? Film : Picture;
  return (
    <span className="flex size-14 shrink-0 items-center justify-center overflow-hidden rounded-control bg-sunken text-muted">
      {url !== null && url !== broken ? (
        <img
          src={url}
          alt=""
          width={56}
          height={56}
          loading="lazy"
          decoding="async"
          onError={() => setBroken(url)}
          className="size-full object-cover"
        />
      ) : (
        <Sign aria-hidden className="size-6" />
      )}
    </span>
  );
}
