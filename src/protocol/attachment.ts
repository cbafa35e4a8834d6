/** An image or a voice message as clients see it (docs/protocol.md, "Attachments"). */
export interface Attachment {
  readonly id: string;
  readonly kind: 'image' | 'audio';
  readonly mediaType: MediaType;
  /** Of what `GET /api/attachments/{id}` gives. */
  readonly bytes: number;
  /** In pixels, upright. */
  readonly width?: number;
  readonly height?: number;
  /** Absent when the file does not tell. */
  readonly durationMs?: number;
  /** What was heard, once it is known. */
  readonly transcript?: string;
}

export const IMAGE_TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'] as const;

export const AUDIO_TYPES = ['audio/wav', 'audio/mpeg', 'audio/ogg', 'audio/webm', 'audio/mp4'] as const;

export type MediaType = (typeof IMAGE_TYPES)[number] | (typeof AUDIO_TYPES)[number];
