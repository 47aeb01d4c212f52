"use client";

import { Eye, EyeOff, Film, Image as Picture } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";

import type { Medium } from "@/api/schema";

import { isVeiled, useViewing } from "@/ui/viewing";

type Props = { medium: Medium };

/** A file's face in the list, blurred and grey until it is asked for; a sign of its kind where there is none. */
export function Poster({ medium: { kind, name, thumbnail_url: url, sensitivity } }: Props) {
  const t = useTranslations("library.viewing");
  const [viewing] = useViewing();
  const [asked, setAsked] = useState(false);
  const [broken, setBroken] = useState<string | null>(null);
  const Sign = kind === "video" ? Film : Picture;
  const shown = url !== null && url !== broken;
  const veiled = shown && isVeiled(viewing, sensitivity === "sensitive");
  const hidden = veiled && !asked;
  return (
    <span className="relative flex size-14 shrink-0 items-center justify-center overflow-hidden rounded-control bg-sunken text-muted">
      {shown ? (
        <img
          src={url}
          alt=""
          width={56}
          height={56}
          loading="lazy"
          decoding="async"
          onError={() => setBroken(url)}
          className={`size-full object-cover ${hidden ? `blur-md ${viewing.grey ? "grayscale" : ""}` : ""}`}
        />
      ) : (
        <Sign aria-hidden className="size-6" />
      )}
      {veiled && (
        <button
          type="button"
          aria-pressed={asked}
          aria-label={t("show", { name })}
          title={t("show", { name })}
          onClick={() => setAsked(!asked)}
          className="absolute inset-0 flex items-center justify-center rounded-control -outline-offset-2"
        >
          <span className="flex size-7 items-center justify-center rounded-full bg-surface text-text opacity-90">
            {asked ? <EyeOff aria-hidden className="size-4" /> : <Eye aria-hidden className="size-4" />}
          </span>
        </button>
      )}
    </span>
  );
}
