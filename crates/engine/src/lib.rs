//! Containers behind one trait, images, and the collector of their events.
