import type { PersonSeen } from "@/api/schema";
import type { Face } from "@/viewer/region";

/** Seen further away than this from the picture that is shown, a face has moved on. */
const NEAR_MS = 500;

/** The faces to draw over the picture at a time: of each person the one nearest to it. */
export function facesAt(persons: readonly PersonSeen[], ms: number | null): Face[] {
  return persons.flatMap(({ person, faces }) => {
    const away = (at: number) => (ms === null ? 0 : Math.abs(at - ms));
    const nearest = faces.reduce<(typeof faces)[number] | null>(
      (best, face) => (best === null || away(face.timestamp_ms) < away(best.timestamp_ms) ? face : best),
      null,
    );
    if (nearest === null || away(nearest.timestamp_ms) > NEAR_MS) return [];
    const [left, top, right, bottom] = nearest.bbox as [number, number, number, number];
    return [{ letter: person, box: [left, top, right, bottom], score: null, rank: null }];
  });
}
