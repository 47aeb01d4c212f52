"use client";

import { Eye, EyeOff, Film, Image as Sign } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";

import type { Medium, ResultAnswer } from "@/api/schema";
import { isVeiled, useViewing } from "@/ui/viewing";
import { Button } from "@/ui/button";

type Props = { medium: Medium; answer: ResultAnswer | undefined };

/** The file itself, while there is something to show of it; blurred and grey until asked for, and muted at first. */
export function Picture({ medium, answer }: Props) {
  const t = useTranslations("library");
  const [viewing] = useViewing();
  const [asked, setAsked] = useState(false);
  const [broken, setBroken] = useState<string | null>(null);
  const preview = answer?.files_deleted ? null : (answer?.result?.preview_url ?? null);
  const url = preview ?? medium.thumbnail_url;
  const veiled = isVeiled(viewing, medium.sensitivity === "sensitive");
  const hidden = veiled && !asked;
  const look = `max-h-96 w-full rounded-control bg-sunken object-contain ${hidden ? `blur-2xl ${viewing.grey ? "grayscale" : ""}` : ""}`;
  const Kind = medium.kind === "video" ? Film : Sign;
  if (url === null || url === broken)
    return (
      <p className="flex min-h-24 items-center justify-center gap-2 rounded-control bg-sunken p-4 text-muted">
        <Kind aria-hidden className="size-6" />
        {t(medium.withheld ? "withheld" : "medium.noPicture")}
      </p>
    );
  return (
    <div>
      <div className="overflow-hidden rounded-control">
        {medium.kind === "video" && preview !== null && !hidden ? (
          <video
            src={preview}
            controls
            muted={viewing.muted}
            playsInline
            preload="metadata"
            aria-label={medium.name}
            onError={() => setBroken(url)}
            className={look}
          />
        ) : (
          // A veiled video shows a face of it in its place: nothing moves or sounds before it is asked for.
          <Still
            url={medium.kind === "video" ? (medium.thumbnail_url ?? "") : url}
            alt={hidden ? t("medium.veiled") : t("medium.picture", { name: medium.name })}
            look={look}
            onBroken={() => setBroken(url)}
          />
        )}
      </div>
      {veiled && (
        <Button aria-pressed={asked} onClick={() => setAsked(!asked)} className="mt-2">
          {asked ? <EyeOff aria-hidden className="size-4" /> : <Eye aria-hidden className="size-4" />}
          {t(asked ? "medium.hide" : "medium.show")}
        </Button>
      )}
    </div>
  );
}

type StillProps = { url: string; alt: string; look: string; onBroken: () => void };

function Still({ url, alt, look, onBroken }: StillProps) {
  if (url === "") return <div className="min-h-24" />;
  return <img src={url} alt={alt} onError={onBroken} className={look} />;
}
