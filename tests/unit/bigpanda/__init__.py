"""Tests of the local BigPanDA: its shapes are held to the facts about the real monitor."""
