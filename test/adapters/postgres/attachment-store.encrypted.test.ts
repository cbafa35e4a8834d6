import '../../support/encrypted-rows.js';
import './attachment-store.test.js';
