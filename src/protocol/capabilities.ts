import type { MediaType } from './attachment.js';

/** What a deployment can do now (docs/protocol.md, "Capabilities"). */
export interface Capabilities {
  readonly attachments: {
    /** Whether one of the models sees. */
    readonly image: boolean;
    readonly audio: boolean;
    readonly maxBytes: number;
    /** Of the kinds that are taken. */
    readonly mediaTypes: readonly MediaType[];
  };
  readonly transcription: boolean;
  /** The default first. */
  readonly models: readonly ModelCapabilities[];
  readonly knowledge: boolean;
}

export interface ModelCapabilities {
  readonly id: string;
  readonly default: boolean;
  readonly image: boolean;
  readonly thinking: boolean;
}
