"use client";

import { File as Unknown, Film, Image as Picture } from "lucide-react";
import { useEffect, useState } from "react";

import type { MediaKind } from "@/api/schema";

const SIGNS = { image: Picture, video: Film };

/** The upload as a still, from memory; a sign of its kind where the page has no file, or cannot show it. */
export function Poster({
  file,
  kind,
  className = "",
}: {
  file: File | null;
  kind: MediaKind | null;
  className?: string;
}) {
  const url = useObjectUrl(file);
  const [broken, setBroken] = useState<string | null>(null);
  const Sign = kind === null ? Unknown : SIGNS[kind];
  const shown = url !== null && broken !== url;
  const fill = "size-full object-contain";
  return (
    <div className={`flex items-center justify-center overflow-hidden bg-sunken text-muted ${className}`}>
      {!shown && <Sign aria-hidden className="size-1/4 max-h-10 min-h-5 max-w-10 min-w-5" />}
      {shown && kind === "image" && <img src={url} alt="" className={fill} onError={() => setBroken(url)} />}
      {shown && kind === "video" && (
        // With a time in its address a phone shows that frame before anything is played.
        <video
          src={`${url}#t=0.1`}
          muted
          playsInline
          preload="metadata"
          tabIndex={-1}
          aria-hidden
          className={fill}
          onError={() => setBroken(url)}
        />
      )}
    </div>
  );
}

function useObjectUrl(file: File | null): string | null {
  const [made, setMade] = useState<{ file: File; url: string } | null>(null);
  useEffect(() => {
    if (file === null) return;
    const url = URL.createObjectURL(file);
    // eslint-disable-next-line react-hooks/set-state-in-effect -- an address that must be given back belongs to an effect
    setMade({ file, url });
    return () => URL.revokeObjectURL(url);
  }, [file]);
  return made !== null && made.file === file ? made.url : null;
}
