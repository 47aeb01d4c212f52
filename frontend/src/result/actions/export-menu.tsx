"use client";

import { Menu } from "@base-ui/react/menu";
import { ChevronDown, Download } from "lucide-react";
import { useState, type ReactNode } from "react";
import { useTranslations } from "use-intl";

import type { AnalysisResult, ResultAnswer } from "@/api/schema";
import { useTimeText } from "@/i18n/use-time-text";
import type { FetchFile } from "@/jobs/files";
import { useNotFaces } from "@/result/reader/not-faces";
import { withoutPersons } from "@/result/reader/without-persons";
import { useAnnounce } from "@/ui/announcer";
import { buttonClass } from "@/ui/button";
import { download } from "@/ui/download";

import { downloadName, mapName, mapsOf, resultJson, timelineCsv, type MapFile } from "./exports";
import { zip } from "./zip";

type Props = { answer: ResultAnswer; result: AnalysisResult; fetchFile: FetchFile };

/** Saves figures, timeline and maps. Figures and timeline are made here; maps are fetched while they are kept. */
export function ExportMenu({ answer, result: found, fetchFile }: Props) {
  const { letters } = useNotFaces(answer.job_id);
  const result = withoutPersons(found, letters);
  const t = useTranslations("result.export");
  const { run, failed } = useSaving();
  const original = answer.metadata.original_filename;
  const maps = answer.files_deleted ? [] : mapsOf(result);
  const named = (part: string) => downloadName(original, part);
  return (
    <div className="relative">
      <Menu.Root>
        <Menu.Trigger className={buttonClass()}>
          <Download aria-hidden className="size-4" />
          {t("open")}
          <ChevronDown aria-hidden className="size-4" />
        </Menu.Trigger>
        <Menu.Portal>
          <Menu.Positioner align="end" sideOffset={4} className="z-40">
            <Menu.Popup className="max-h-[70dvh] min-w-56 overflow-y-auto rounded-card border border-line bg-surface p-1 shadow-popover outline-none">
              <Item
                onClick={() =>
                  run(named("deepshield.json"), async () =>
                    text(resultJson(answer, letters), "application/json"),
                  )
                }
              >
                {t("json")}
              </Item>
              {answer.media_type === "video" && result.timeline.length > 0 && (
                <Item
                  onClick={() =>
                    run(named("timeline.csv"), async () => text(timelineCsv(result), "text/csv"))
                  }
                >
                  {t("csv")}
                </Item>
              )}
              {maps.length > 0 && <Menu.Separator className="my-1 h-px bg-line" />}
              {maps.map((map) => (
                <Item key={map.rank} onClick={() => run(named(mapName(map)), () => fetchFile(map.url))}>
                  <MapWords map={map} />
                </Item>
              ))}
              {maps.length > 1 && (
                <Item onClick={() => run(named("maps.zip"), () => packed(maps, fetchFile))}>{t("maps")}</Item>
              )}
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
      {failed && (
        <p
          role="alert"
          className="absolute right-0 z-10 mt-1 w-max max-w-64 rounded-control border border-danger bg-surface p-2 text-sm text-danger"
        >
          {t("failed")}
        </p>
      )}
    </div>
  );
}

function Item({ onClick, children }: { onClick: () => void; children: ReactNode }) {
  return (
    <Menu.Item
      onClick={onClick}
      className="flex min-h-11 cursor-pointer items-center rounded-control px-3 text-sm outline-none data-[highlighted]:bg-sunken data-[highlighted]:outline-2 data-[highlighted]:-outline-offset-2 data-[highlighted]:outline-text pointer-fine:min-h-9"
    >
      {children}
    </Menu.Item>
  );
}

function MapWords({ map }: { map: MapFile }) {
  const clock = useTimeText();
  const t = useTranslations("result.export");
  const words = { rank: map.rank, letter: map.person };
  return <>{map.timeMs === null ? t("mapPhoto", words) : t("map", { ...words, time: clock(map.timeMs) })}</>;
}

/** Makes a file and saves it; says so, or that it did not work. */
function useSaving() {
  const t = useTranslations("result.export");
  const announce = useAnnounce();
  const [failed, setFailed] = useState(false);
  const run = async (name: string, make: () => Promise<Blob>) => {
    setFailed(false);
    try {
      download(await make(), name);
      announce(t("done", { name }));
    } catch {
      setFailed(true);
    }
  };
  return { run, failed };
}

function text(content: string, type: string): Blob {
  return new Blob([content], { type: `${type};charset=utf-8` });
}

async function packed(maps: MapFile[], fetchFile: FetchFile): Promise<Blob> {
  const entries = await Promise.all(
    maps.map(async (map) => ({
      name: mapName(map),
      data: new Uint8Array(await (await fetchFile(map.url)).arrayBuffer()),
    })),
  );
  return zip(entries, new Date());
}
