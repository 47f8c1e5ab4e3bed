"""What a lot is: which step turns what into what, how much of an element comes out, what may cross a border."""
