"""What can keep a patient out of the portal: the parts of a diagnosis."""
